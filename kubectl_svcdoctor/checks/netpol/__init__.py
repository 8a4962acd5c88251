"""Do the NetworkPolicies of both sides let a client call the Pods behind the Service?"""
