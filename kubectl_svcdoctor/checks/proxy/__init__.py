"""Do connections come through, from where a client is to the Service and to the Pods behind it?"""
