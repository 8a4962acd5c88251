"""explain, checks, rights, completion and version: what the plugin says about itself, without a cluster."""

from __future__ import annotations

import click

from kubectl_svcdoctor import __version__
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model import plugin

COMPLETION = """#!/bin/sh
# kubectl asks for choices by calling {script} with the words so far.
# Save this under that name in a folder of PATH and make it executable:
#   {program} completion > ~/.local/bin/{script}
#   chmod +x ~/.local/bin/{script}
exec {file} completion --choices -- "$@"
"""


@click.group()
def subcommands() -> None:
    """What the plugin says about itself."""


@subcommands.command(short_help="what a finding means, why it breaks traffic, how to fix it")
@click.argument("code")
def explain(code: str) -> None:
    """Say what a finding means, why it breaks traffic, and how to fix it. CODE is a code or a slug."""
    from kubectl_svcdoctor.checks import all_checks

    for check in all_checks():
        if code.upper() == check.code or code.lower() == check.slug:
            click.echo(f"{check.code} {check.slug}\n\n{_wrapped(check.documentation.strip())}")
            return
    import difflib

    known = {check.code for check in all_checks()} | {check.slug for check in all_checks()}
    near = difflib.get_close_matches(code, known, 1, 0.6) or difflib.get_close_matches(code.upper(), known, 1, 0.6)
    hint = f"did you mean {near[0]}?" if near else f"list the codes with: {plugin.program()} checks"
    raise UserError(f"no check has the code or slug {code!r}; {hint}")


def _wrapped(text: str) -> str:
    """Paragraphs at the terminal's width, 100 at most; commands and references stay as they stand."""
    import shutil
    import textwrap

    width = min(shutil.get_terminal_size().columns, 100)
    kept = ("Look yourself:", "Reference:")
    blocks = text.split("\n\n")
    return "\n\n".join(
        block if block.startswith(kept) else "\n".join(
            [*(line for line in block.splitlines()[:1]), *textwrap.wrap(" ".join(block.splitlines()[1:]), width)])
        for block in blocks
    )


@subcommands.command(short_help="every check with the reads that it needs")
def checks() -> None:
    """List every check: code, slug, what it finds, and what it reads."""
    from kubectl_svcdoctor.checks import all_checks
    from kubectl_svcdoctor.cli.rights import reads

    width = max(len(check.slug) for check in all_checks())
    for check in all_checks():
        kinds = ",".join(sorted(kind.resource.plural for kind in reads(check.needs)))
        click.echo(f"{check.code}  {check.slug.ljust(width)}  {check.title}  [{kinds}]")


@subcommands.command(short_help="the smallest RBAC as YAML, ready for kubectl apply")
def rights() -> None:
    """Print the smallest RBAC as YAML; bind it to whoever runs the plugin."""
    import yaml

    from kubectl_svcdoctor.checks import all_checks
    from kubectl_svcdoctor.cli.rights import cluster_role, optional_roles

    checks = all_checks()
    click.echo("# Everything that the checks read, and nothing else: no Secrets, nothing written. Put your own subjects in.")
    click.echo(yaml.safe_dump_all(cluster_role(checks), sort_keys=False), nl=False)
    click.echo("---\n# Three more roles, bound to nobody. Without the first, what it would check is listed as not checked: what listens in Pods and what\n"
               "# DNS servers answer (pods/portforward, pods/proxy), and what the kubelets hand out (nodes/proxy, a powerful right).\n"
               "# The second is for --from; its Pods are read every now and then where they may not be watched.\n"
               "# The third is optional: with it --watch and --wait see a change of a Service, its EndpointSlices and Pods at once.")
    click.echo(yaml.safe_dump_all(optional_roles(checks), sort_keys=False), nl=False)


@subcommands.command(short_help="a completion script for kubectl")
@click.option("--choices", is_flag=True, hidden=True)
@click.argument("words", nargs=-1)
def completion(choices: bool, words: tuple[str, ...]) -> None:
    """Print the completion script that kubectl calls."""
    if not choices:
        script = plugin.file().replace("kubectl-", "kubectl_complete-")
        click.echo(COMPLETION.format(script=script, program=plugin.program(), file=plugin.file()), nl=False)
        return
    from kubectl_svcdoctor.cli.completion import candidates

    for line in candidates(list(words), subcommands.commands):
        click.echo(line)


@subcommands.command(short_help="the version of this plugin")
def version() -> None:
    """Print the plugin's version."""
    click.echo(f"kubectl-svcdoctor {__version__}")
