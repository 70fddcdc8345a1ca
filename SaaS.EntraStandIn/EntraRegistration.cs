namespace SaaS.Entra;

/// <summary>An application together with the directory in which it is registered.</summary>
internal sealed record EntraRegistration(EntraDirectory Directory, EntraApplication Application);
