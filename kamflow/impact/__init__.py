"""What a change of policy does to a portfolio: who moves, who wins and loses, how much money."""
