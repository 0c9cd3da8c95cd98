"""The redaction gate: what must not leave, searched in everything that would."""
