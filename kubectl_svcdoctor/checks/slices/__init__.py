"""Do the EndpointSlices say what the Service and its Pods imply, and can kube-proxy use them?"""
