using Mono.Cecil;
using Mono.Cecil.Cil;

namespace SaaS.Tests.Architecture;

/// <summary>Tests the form of use cases in SaaS.Core.</summary>
public sealed class UseCaseTests
{
    private const int MaxParameters = 7;

    [Fact]
    public void No_method_takes_more_than_seven_parameters()
    {
        var methods = CoreCode.Types().Where(IsOurs).SelectMany(type => type.Methods).Where(IsWritten).ToList();
        Assert.Contains(methods, method => method.Name == "Handle" && method.Parameters.Count == MaxParameters);

        Assert.Empty(
            methods
                .Where(method => method.Parameters.Count > MaxParameters)
                .Select(method => $"{method.DeclaringType.FullName}.{method.Name} takes {method.Parameters.Count} parameters")
        );
    }

    [Fact]
    public void No_handler_calls_a_handler()
    {
        var calls = CoreCode
            .Types()
            .Where(IsOurs)
            .SelectMany(type => CoreCode.Instructions(type).Select(instruction => (From: CoreCode.Outermost(type), instruction)))
            .Where(call => call.instruction.OpCode == OpCodes.Call && call.instruction.Operand is MethodReference)
            .Select(call => (call.From, Called: (MethodReference)call.instruction.Operand))
            .Where(call =>
                call.Called.Name.StartsWith("Handle", StringComparison.Ordinal)
                && call.Called.DeclaringType.Resolve() is { } type
                && IsOurs(type)
            )
            .Select(call => $"{call.From.Name} calls {call.Called.DeclaringType.Name}.{call.Called.Name}")
            .ToList();

        Assert.Empty(calls);
    }

    // Source generators write into other namespaces.
    private static bool IsOurs(TypeDefinition type) =>
        CoreCode.Outermost(type).Namespace is var name
        && (name == CoreCode.Root || name.StartsWith($"{CoreCode.Root}.", StringComparison.Ordinal));

    // Lambdas count, because some are handlers; a record's constructor and its deconstruction are as long as the record.
    private static bool IsWritten(MethodDefinition method) => !method.IsConstructor && method.Name != "Deconstruct";
}
