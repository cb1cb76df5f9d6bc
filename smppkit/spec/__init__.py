"""The protocol as plain rows: commands, TLVs, statuses, values, states. Standard library only.

Everything else is made from these rows: classes, the C plan of the core, stubs, the operation matrix, column types,
random test input and the compliance table. A change of the protocol is a change of a row here and of nothing else.
"""
