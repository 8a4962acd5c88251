"""Is the Service itself sound: its type, addresses, families and names?"""
