"""The `groundwork` command."""

from groundwork.cli.app import main

if __name__ == "__main__":
    main()
