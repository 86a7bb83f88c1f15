"""What the crash tests share: customers that never give up, a model that keeps count, an audit at the end."""
