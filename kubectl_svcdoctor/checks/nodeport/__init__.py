"""Do the nodes forward what comes to their node ports?"""
