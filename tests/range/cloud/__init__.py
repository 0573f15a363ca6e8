"""The pieces of the range. Start reading at state.py, then server.py, then any file of services/."""
