"""What tf2onnx leaves in a graph that costs time: weights that a loop carries, and steps that nobody reads.

A loop's carried values are copied at each turn, and Keras' recurrent layers hand their weights to the loop in
that way.
"""

from collections.abc import Iterator

from onnx import GraphProto, NodeProto

LOOP = "Loop"
# A loop's number of turns and its condition stand before what it carries; in its outputs the condition alone.
BEFORE_CARRIED, BEFORE_CARRIED_OUTPUTS = 2, 1


def graphs_of(graph: GraphProto) -> Iterator[GraphProto]:
    """Yield a graph and those inside its loops and branches."""
    yield graph
    for node in graph.node:
        for inner in inner_graphs(node):
            yield from graphs_of(inner)


def inner_graphs(node: NodeProto) -> list[GraphProto]:
    return [attribute.g for attribute in node.attribute if attribute.HasField("g")]


def clean(graph: GraphProto) -> None:
    """Let loops read what never changes from outside, and drop what nothing reads."""
    read = names_read(graph)
    for inner in graphs_of(graph):
        for node in inner.node:
            if node.op_type == LOOP:
                read_from_outside(node, read)
    drop_unread(graph)


def names_read(graph: GraphProto) -> set[str]:
    """Return all that a node or an output of the graph, or of a loop inside it, takes."""
    read = {output.name for inner in graphs_of(graph) for output in inner.output}
    return read | {name for inner in graphs_of(graph) for node in inner.node for name in node.input}


def read_from_outside(loop: NodeProto, outside: set[str]) -> None:
    """Let a loop's body read what it hands on unchanged by its name outside, instead of carrying it.

    `outside` are the names that are read behind the loop: those it has to give.
    """
    [body] = inner_graphs(loop)
    for place in reversed(range(len(loop.input) - BEFORE_CARRIED)):
        inside = body.input[BEFORE_CARRIED + place].name
        # It must still be there where it is given once more.
        if [output.name for output in body.output].count(inside) != 1:
            continue
        if body.output[BEFORE_CARRIED_OUTPUTS + place].name != inside or loop.output[place] in outside:
            continue
        rename_inputs(body, inside, loop.input[BEFORE_CARRIED + place])
        del loop.input[BEFORE_CARRIED + place]
        del loop.output[place]
        del body.input[BEFORE_CARRIED + place]
        del body.output[BEFORE_CARRIED_OUTPUTS + place]


def rename_inputs(graph: GraphProto, before: str, after: str) -> None:
    for inner in graphs_of(graph):
        for node in inner.node:
            for place, name in enumerate(node.input):
                if name == before:
                    node.input[place] = after


def drop_unread(graph: GraphProto) -> None:
    """Remove nodes and weights that lead to no output, in the graph and inside its loops."""
    while drop_nodes(graph, names_read(graph)):
        pass
    read = names_read(graph)
    for inner in graphs_of(graph):
        kept = [tensor for tensor in inner.initializer if tensor.name in read]
        del inner.initializer[:]
        inner.initializer.extend(kept)


def drop_nodes(graph: GraphProto, read: set[str]) -> int:
    """Remove nodes of which nothing is read; return how many."""
    number = 0
    for inner in list(graphs_of(graph)):
        for node in [node for node in inner.node if read.isdisjoint(node.output)]:
            inner.node.remove(node)
            number += 1
    return number
