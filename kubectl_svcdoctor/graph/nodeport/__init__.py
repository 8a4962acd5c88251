"""The node ports of a Service: at which addresses, which nodes should answer there, and what each vantage gets."""
