namespace SaaS.Infrastructure.Settings;

/// <summary>Nobody is shown what an option of this kind says, only whether it says anything.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;
