"""What several rooms' tests share: generated fund-years, planted faults, readers of a finished release."""
