"""Why a selector picks no Pod, or too many: one explanation for each Service, computed once and read by the checks of this hop."""

from kubectl_svcdoctor.graph.selector.candidates import candidates
from kubectl_svcdoctor.graph.selector.no_match import explanation
from kubectl_svcdoctor.graph.selector.strangers import other_applications
from kubectl_svcdoctor.graph.selector.unselected import unselecting

__all__ = ["candidates", "explanation", "other_applications", "unselecting"]
