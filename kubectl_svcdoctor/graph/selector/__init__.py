"""Why a selector picks no Pod, or too many: one explanation for each Service, computed once and read by the checks of this hop."""
