using Mono.Cecil;

namespace SaaS.Tests.Architecture;

/// <summary>Tests the number of parameters of every method of SaaS.Core. A handler that needs more groups them in a type.</summary>
public sealed class ParameterCountTests
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

    // Source generators write into other namespaces.
    private static bool IsOurs(TypeDefinition type) =>
        CoreCode.Outermost(type).Namespace is var name
        && (name == CoreCode.Root || name.StartsWith($"{CoreCode.Root}.", StringComparison.Ordinal));

    // Lambdas count, because some are handlers; a record's constructor and its deconstruction are as long as the record.
    private static bool IsWritten(MethodDefinition method) => !method.IsConstructor && method.Name != "Deconstruct";
}
