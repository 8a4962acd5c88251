"""Does the selector pick the Pods that it is meant to pick?"""
