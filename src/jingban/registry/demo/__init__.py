"""Demo data of any size: invented people, families and units with their histories, the same for the same seed."""
