"""Do the Service's ports lead to ports of the Pods?"""
