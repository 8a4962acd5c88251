"""`python -m kubectl_svcdoctor` is the same command as `kubectl-svcdoctor`."""

from kubectl_svcdoctor.cli.main import main

if __name__ == "__main__":
    main()
