using System.Data.Common;
using System.Text.RegularExpressions;

namespace SaaS.Infrastructure.Settings;

/// <summary>What may be shown of a setting. What is not known to be harmless is masked.</summary>
public static partial class Redact
{
    public const string Mask = "***";

    /// <summary>A value as it is, but for a user and a password in an address.</summary>
    public static string? Text(string? value) => value is null ? null : Credentials().Replace(value, $"://{Mask}@");

    /// <summary>A connection string of <c>name=value</c> with semicolons.</summary>
    /// <param name="harmless">The names whose values are shown; a name's spelling is that of the client.</param>
    public static string Connection(string value, params IReadOnlyList<string> harmless)
    {
        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = value };
            return string.Join(';', parts.Keys.Cast<string>().Select(name =>
                $"{name}={(harmless.Contains(name, StringComparer.OrdinalIgnoreCase) ? Text(parts[name].ToString()) : Mask)}"));
        }
        catch (ArgumentException)
        {
            return Mask; // whatever it is, it is not what it should be
        }
    }

    [GeneratedRegex("://[^/?#]*@")]
    private static partial Regex Credentials();
}
