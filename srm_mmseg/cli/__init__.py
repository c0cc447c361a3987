"""The command line: one module a command, each with a ``main()`` that reads ``sys.argv``."""
