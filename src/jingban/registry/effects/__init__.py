"""What the steps of procedures do to the registers; ``effects.yaml`` declares the names."""

from jingban.registry.effects import accounts as accounts
from jingban.registry.effects import aid as aid
from jingban.registry.effects import employees as employees
from jingban.registry.effects import filings as filings
from jingban.registry.effects import queries as queries
from jingban.registry.effects import recognitions as recognitions
from jingban.registry.effects import residents as residents
from jingban.registry.effects import transfers as transfers
from jingban.registry.effects import units as units
