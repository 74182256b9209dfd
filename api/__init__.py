"""The service: use cases, jobs, command line, settings and wiring; the only place where the parts meet."""
