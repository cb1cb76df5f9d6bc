"""smppkit and its rivals side by side: the same octets, the same run, in alternation."""
