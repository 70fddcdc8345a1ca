using System.Data.Common;
using System.Text.RegularExpressions;

namespace SaaS.Infrastructure.Settings;

/// <summary>Redacts settings for display: everything that is not known to be harmless is masked.</summary>
public static partial class Redact
{
    public const string Mask = "***";

    /// <summary>Masks user and password in URLs.</summary>
    public static string? Text(string? value) => value is null ? null : Credentials().Replace(value, $"://{Mask}@");

    /// <summary>Masks the values of a semicolon-separated connection string.</summary>
    /// <param name="harmless">The names whose values are shown, in the spelling of the client.</param>
    public static string Connection(string value, params IReadOnlyList<string> harmless)
    {
        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = value };
            return string.Join(
                ';',
                parts
                    .Keys.Cast<string>()
                    .Select(name =>
                        $"{name}={(harmless.Contains(name, StringComparer.OrdinalIgnoreCase) ? Text(parts[name].ToString()) : Mask)}"
                    )
            );
        }
        catch (ArgumentException)
        {
            return Mask; // not a connection string, so it may be anything
        }
    }

    [GeneratedRegex("://[^/?#]*@")]
    private static partial Regex Credentials();
}
