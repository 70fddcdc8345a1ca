using Mono.Cecil;
using Mono.Cecil.Cil;

namespace SaaS.Tests.Architecture;

/// <summary>The compiled code of SaaS.Core, for rules about calls and dependencies.</summary>
internal static class CoreCode
{
    public const string Root = "SaaS.Core";

    private static readonly ModuleDefinition Module = ModuleDefinition.ReadModule(Path.Combine(AppContext.BaseDirectory, "SaaS.Core.dll"));

    /// <summary>Returns every type, including compiler-generated ones, which contain the bodies of lambdas.</summary>
    public static IEnumerable<TypeDefinition> Types() => Module.GetTypes();

    /// <summary>
    /// Returns the capability of a type: <c>Tenancy</c> for <c>SaaS.Core.Tenancy.Members</c>, <c>Identity.Sso</c> for
    /// <c>SaaS.Core.Identity.Sso.SignIn</c>.
    /// </summary>
    public static string? CapabilityOf(TypeReference type)
    {
        var outer = type;
        while (outer.DeclaringType is not null)
        {
            outer = outer.DeclaringType;
        }

        if (!outer.Namespace.StartsWith($"{Root}.", StringComparison.Ordinal))
        {
            return null;
        }

        var parts = outer.Namespace[(Root.Length + 1)..].Split('.');
        return parts is ["Identity", var identity, ..] ? $"Identity.{identity}"
            : parts is ["Documents", "Files", ..] ? "Documents.Files"
            : parts is ["Operations", "Monitoring", ..] ? "Operations.Monitoring"
            : parts is ["Tenancy", ("Catalog" or "Invitations") and var part, ..] ? $"Tenancy.{part}"
            : parts[0];
    }

    /// <summary>Returns the type as declared in the source instead of the compiler-generated one for a lambda or an async method.</summary>
    public static TypeDefinition Outermost(TypeDefinition type) => type.DeclaringType is null ? type : Outermost(type.DeclaringType);

    public static IEnumerable<Instruction> Instructions(TypeDefinition type) =>
        type.Methods.Where(method => method.HasBody).SelectMany(method => method.Body.Instructions);

    /// <summary>Returns every type that a type refers to.</summary>
    public static IEnumerable<TypeReference> Mentions(TypeDefinition type)
    {
        var signatures = type
            .Fields.Select(field => field.FieldType)
            .Concat(
                type.Methods.SelectMany(method => method.Parameters.Select(parameter => parameter.ParameterType).Append(method.ReturnType))
            )
            .Concat(type.Interfaces.Select(implemented => implemented.InterfaceType));
        var bodies = Instructions(type)
            .SelectMany(instruction =>
                instruction.Operand switch
                {
                    MethodReference method => Parts(method),
                    FieldReference field => [field.DeclaringType, field.FieldType],
                    TypeReference named => [named],
                    _ => Enumerable.Empty<TypeReference>(),
                }
            );

        return signatures.Concat(bodies).Concat(type.BaseType is null ? [] : [type.BaseType]).SelectMany(Unfold);
    }

    /// <summary>Returns the source types whose code calls this method.</summary>
    public static HashSet<string> CallersOf(string declaringType, string method) =>
        [
            .. Types()
                .Where(type =>
                    Instructions(type)
                        .Any(instruction =>
                            instruction.Operand is MethodReference called
                            && called.Name == method
                            && called.DeclaringType.FullName == declaringType
                        )
                )
                .Select(type => Outermost(type).FullName),
        ];

    private static IEnumerable<TypeReference> Parts(MethodReference method) =>
        method is GenericInstanceMethod generic ? [method.DeclaringType, .. generic.GenericArguments] : [method.DeclaringType];

    private static IEnumerable<TypeReference> Unfold(TypeReference type) =>
        type is GenericInstanceType generic ? generic.GenericArguments.SelectMany(Unfold).Append(generic.ElementType) : [type];
}
