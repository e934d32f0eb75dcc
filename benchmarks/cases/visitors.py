"""Who comes in."""

from benchmarks.generator.dialects import Visitor
from benchmarks.population import Population


def visitors_of(population: Population) -> list[Visitor]:
    """Each person once, in one of the projects."""
    projects = population.projects
    return [
        Visitor(token, projects[number % len(projects)])
        for number, token in enumerate(population.tokens)
    ]
