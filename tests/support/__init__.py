"""What tests share: builders, doubles, simulators, virtual time. Imported, never collected."""
