"""The mark of each status."""

from __future__ import annotations

from kubectl_svcdoctor.render.lines import Span

MARKS = {
    "ok": Span("✓", "good"), "broken": Span("✗", "bad"), "degraded": Span("!", "warn"), "unknown": Span("?", "warn"),
    "blocked": Span("-", "dim"), "none": Span("-", "dim"), "healthy": Span("✓", "good"),
}
