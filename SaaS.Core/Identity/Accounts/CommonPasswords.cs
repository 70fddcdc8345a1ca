using System.Collections.Frozen;

namespace SaaS.Core.Identity.Accounts;

/// <summary>The most common passwords, which attackers try first; <c>common-passwords.txt</c> contains the list and its source.</summary>
internal static class CommonPasswords
{
    private static readonly Lazy<FrozenSet<string>> Entries = new(Load);

    /// <summary>Returns true when the password is on the list, ignoring case.</summary>
    public static bool Contains(string password) => Entries.Value.Contains(password);

    private static FrozenSet<string> Load()
    {
        using var list = new StreamReader(typeof(CommonPasswords).Assembly.GetManifestResourceStream("common-passwords.txt")!);
        return list.ReadToEnd().Split('\n').Where(line => line.Length > 0 && line[0] != '#').ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }
}
