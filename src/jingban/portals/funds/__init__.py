"""资金室: what is owed becomes a batch, a bank file and the bank's answer; with the books' reports and month's end."""
