"""`python -m kamflow`: the command line."""

from kamflow.cli.main import main

if __name__ == "__main__":
    main()
