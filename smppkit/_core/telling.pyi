"""What is told of a capture besides its records: links that ended, findings too many to tell, what is not SMPP."""
