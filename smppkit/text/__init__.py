"""Message text: alphabets, user data headers, splitting and joining, receipt text, SMPP times. Knows no PDUs."""
