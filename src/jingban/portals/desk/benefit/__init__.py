"""费用和核定: bills of a case, what they come to and why, and the registers of what was claimed."""
