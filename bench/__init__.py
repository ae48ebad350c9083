"""The load harness: own callers and agents, figures with references; prints, never asserts."""
