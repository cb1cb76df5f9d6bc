"""From the octets of one direction of a stream to PDU records, in step or getting into step."""
