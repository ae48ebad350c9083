"""Where everything meets: settings, wiring, the command line, HTTP, demo data."""
