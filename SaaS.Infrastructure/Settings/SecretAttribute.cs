namespace SaaS.Infrastructure.Settings;

/// <summary>Marks an option whose value is never shown, only whether it is set.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;
