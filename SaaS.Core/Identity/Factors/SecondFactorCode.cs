using SaaS.Core.Http;

namespace SaaS.Core.Identity.Factors;

/// <summary>A recovery code; hyphens and letter case do not matter.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class RecoveryCodeAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } =
        new() { Pattern = "^[0-9A-Za-z]{4}(?:-?[0-9A-Za-z]{4}){3}$", PatternExpected = "Must be a recovery code: four groups of four." };
}

/// <summary>A one-time password of six digits, or a recovery code.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class SecondFactorCodeAttribute : FieldRuleAttribute
{
    private const int OneTimePasswordLength = 6;

    public override FieldRule Rule { get; } =
        new()
        {
            Pattern = "^(?:[0-9]{6}|[0-9A-Za-z]{4}(?:-?[0-9A-Za-z]{4}){3})$",
            PatternExpected = "Must be six digits or a recovery code.",
        };

    /// <summary>Returns the method of a valid code.</summary>
    public static FactorMethod GetMethod(string code) => code.Length is OneTimePasswordLength ? FactorMethod.Totp : FactorMethod.Recovery;
}
