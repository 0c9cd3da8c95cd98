"""What leaves the house: dataset, dictionary, redaction gate, numbered releases, serving database."""
