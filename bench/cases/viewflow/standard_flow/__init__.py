"""The peer's app: viewflow wants its flows in one."""
