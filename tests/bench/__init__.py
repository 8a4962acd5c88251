"""Time, processor time, memory, requests and bytes of svcdoctor, each figure beside one to compare it with, in one run: `make bench`."""
