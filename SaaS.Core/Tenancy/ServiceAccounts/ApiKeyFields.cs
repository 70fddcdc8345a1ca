using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;
using SaaS.Core.Access;
using SaaS.Core.Http;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>Names of scopes.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ScopesAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = new() { Items = new FieldRule { Choices = [.. ApiScope.All.Select(scope => scope.Name)] } };

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is IEnumerable<string> names && names.Any(name => name is not null && ApiScope.Find(name) is null)
            ? new ValidationResult(FieldRule.ChoicesExpected(Rule.Items!.Choices!))
            : ValidationResult.Success;
}

/// <summary>Networks in CIDR notation, or single addresses.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NetworksAttribute : FieldRuleAttribute
{
    private const int MaxLength = 43; // the longest IPv6 address and prefix

    public override FieldRule Rule { get; } =
        new()
        {
            Items = new FieldRule { MinLength = 1, MaxLength = MaxLength },
        };

    /// <returns>The network in canonical form; null for any other text.</returns>
    public static IPNetwork? Parse(string text)
    {
        var slashAt = text.IndexOf('/', StringComparison.Ordinal);
        var addressText = slashAt < 0 ? text : text[..slashAt];
        if (
            addressText.Contains('%', StringComparison.Ordinal)
            || !IPAddress.TryParse(addressText, out var address)
            || address.IsIPv4MappedToIPv6 // the address of a request is never mapped, so it would match nothing
            || (address.AddressFamily is AddressFamily.InterNetwork && address.ToString() != addressText) // 010.1 is an address to .NET
        )
        {
            return null;
        }

        var length = address.AddressFamily is AddressFamily.InterNetwork ? 32 : 128;
        return IPNetwork.TryParse(slashAt < 0 ? $"{address}/{length}" : text, out var network) && network.BaseAddress.Equals(address)
            ? network
            : null; // with host bits, a network or an address may be meant
    }

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is IEnumerable<string> networks && networks.Any(network => network is not null && Parse(network) is null)
            ? new ValidationResult("Must be networks in CIDR notation, such as 192.0.2.0/24 or 2001:db8::/32, without host bits.")
            : ValidationResult.Success;
}
