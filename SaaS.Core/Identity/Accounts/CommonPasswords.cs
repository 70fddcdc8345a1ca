using System.Collections.Frozen;

namespace SaaS.Core.Identity.Accounts;

/// <summary>Passwords that everybody tries first; the list and its source are <c>common-passwords.txt</c>.</summary>
internal static class CommonPasswords
{
    private static readonly Lazy<FrozenSet<string>> Known = new(Read);

    /// <summary>Whether the password is on the list, in upper or lower case.</summary>
    public static bool Include(string password) => Known.Value.Contains(password);

    private static FrozenSet<string> Read()
    {
        using var list = new StreamReader(typeof(CommonPasswords).Assembly.GetManifestResourceStream("common-passwords.txt")!);
        return list.ReadToEnd().Split('\n').Where(line => line.Length > 0 && line[0] != '#').ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }
}
