"""Do the parts of the cluster work that every Service rests on?"""
