"""Are the selected Pods ready to serve, and if not, why?"""
